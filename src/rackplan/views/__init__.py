"""Views: what people look at; they show and never compute."""

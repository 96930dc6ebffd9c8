"""Tables, figures and the page, as people read them."""

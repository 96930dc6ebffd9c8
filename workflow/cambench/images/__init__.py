"""Find images, list the good ones, decode them; read maps that somebody else computed."""

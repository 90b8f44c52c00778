"""The only SQL of the application: one module per noun. A function takes the connection first and never commits."""

"""The compiled engine: kernels as text, what compiles and keeps them, what runs them."""

"""A tuned model on its way out: ONNX, a script that stands alone, and proof that they agree."""

"""The forward pass as an ONNX model: each primitive, or a whole region where ONNX has an operator for it."""

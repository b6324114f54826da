"""MAD (Multimodal Attributes and Digits), from MNIST's pixels to tokens."""

"""Pure rules of finance: plain values in, plain values out."""

"""The keys that sign what people keep, receipts and certificates, and what is left of those that signed before."""

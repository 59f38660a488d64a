"""What people read, in their language: the words, and the catalogues that translate them. Of the portal and of access reports."""

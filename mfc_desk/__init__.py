"""The office program: everything a specialist sees, and the store of one desk."""

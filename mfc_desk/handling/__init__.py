"""After registration: a request found, amended, withdrawn, returned, paid for, issued."""

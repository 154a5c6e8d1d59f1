"""What people look at: pages of rows as the console asks for them."""

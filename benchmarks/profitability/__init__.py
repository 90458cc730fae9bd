"""What each customer is worth by product and month: 66,000 customers, 1,000 products, 36 months."""

"""Features in, model out: clustering of customers with numpy and scikit-learn, and nothing of databases."""

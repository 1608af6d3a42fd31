"""Keys and certificates of ScalarDL: `keys new` makes them, `keys check` judges them."""

print("jeton")

"""The face to the network: the HTTP node API; it decides nothing and changes nothing by itself."""

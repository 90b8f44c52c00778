"""Maps: folium shells rendered offline under the nonce policy, the vector tile layer, and a map without a
script."""

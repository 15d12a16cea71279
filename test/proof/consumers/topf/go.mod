module talmox/consumers/topf

go 1.26.5

tool github.com/postfinance/topf/cmd/topf

require github.com/postfinance/topf v0.4.2

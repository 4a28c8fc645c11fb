"""Wire names and types of requests and answers, after the service's OpenAPI file."""

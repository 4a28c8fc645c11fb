"""All that touches sockets: HTTP, fault injection, TLS, notifications, start-up, housekeeping."""

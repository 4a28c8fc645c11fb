"""The edge that looks like MobilePay: parse, call the engine, dump. No rule of the service is here
but those about HTTP itself: authentication, headers, formats, and what a refusal looks like.
"""

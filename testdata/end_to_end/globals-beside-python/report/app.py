def handler(event, context):
    return {"program": "report", "event": event}

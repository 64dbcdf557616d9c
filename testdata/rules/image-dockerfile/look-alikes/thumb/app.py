def handler(event, context):
    return "go1.x"

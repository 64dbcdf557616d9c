exports.handler = async () => "<ul></ul>";

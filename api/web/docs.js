// Swagger UI, from the installed package, over this server's own OpenAPI. The package reads 3.0; what this server uses
// of 3.1 (a type or null) it shows all the same.
fetch("/openapi.json")
  .then((response) => response.json())
  .then((spec) => SwaggerUIBundle({ spec: { ...spec, openapi: "3.0.3" }, dom_id: "#docs", deepLinking: true, validatorUrl: null }));

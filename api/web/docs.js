// Swagger UI, from the installed package, over this server's own OpenAPI.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });

/** Stand in the generated OpenAPI document for what only the running server knows. */
export const placeholders = { publicUrl: "https://public.invalid", version: "0.0.0-unknown" } as const;

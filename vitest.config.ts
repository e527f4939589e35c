import { defineConfig } from "vitest/config";
import { Summary } from "./test/support/summary.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/postgres-server.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", new Summary()],
  },
});

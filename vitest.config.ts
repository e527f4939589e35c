import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { Summary } from "./test/support/summary.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/postgres-server.ts"],
    // Most of their time the tests wait for processes of their own.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ["default", new Summary()],
  },
});

/** Closes a test run with one plain line: how many passed, failed and were skipped. */
import type { Reporter, TestModule } from "vitest/node";

export class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== "pending") count[state] += 1;
      }
      // A file that breaks before its first test counts as a failure of its own.
      if (module.state() === "failed" && [...module.children.allTests()].length === 0) count.failed += 1;
    }
    const skipped = count.skipped === 0 ? "" : `, ${count.skipped} skipped`;
    process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}

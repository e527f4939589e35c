/** Closes a test run with one plain line: how many passed, failed and were skipped. */
import type { Reporter, TestModule, TestSuite } from "vitest/node";

export class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== "pending") count[state] += 1;
      }
      // What breaks before or around its tests counts as a failure of its own.
      const around: ReadonlyArray<TestModule | TestSuite> = [module, ...module.children.allSuites()];
      count.failed += around.filter((part) => part.errors().length > 0).length;
    }
    const skipped = count.skipped === 0 ? "" : `, ${count.skipped} skipped`;
    process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}

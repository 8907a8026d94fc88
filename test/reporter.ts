// Reporter of the test suite: vitest's own output, then every skipped test with its reason, and "N passed, N failed" as
// the last line. Where CI=true a skipped test counts as failed, since CI has all that the tests need.

import { writeSync } from "node:fs";
import { relative } from "node:path";
import type { SerializedError } from "vitest";
import { DefaultReporter, type TestCase, type TestModule, type TestRunEndReason, type Vitest } from "vitest/node";

export class CountingReporter extends DefaultReporter {
  private readonly seed: string;

  constructor(seed: string) {
    super({ summary: false });
    this.seed = seed;
  }

  override onInit(vitest: Vitest): void {
    super.onInit(vitest);
    this.log(`Node ${process.version}, random seed ${this.seed} (LONGHAND_TEST_SEED=${this.seed} repeats it)`);
  }

  override onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    super.onTestRunEnd(modules, errors, reason);
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string): TestCase[] => tests.filter((test) => test.result().state === state);
    const passed = inState("passed").length;
    const skipped = inState("skipped");
    for (const test of skipped) this.log(`skipped  ${this.nameOf(test)}: ${reasonOf(test)}`);

    // A file that did not load, a hook that threw, a test without an end and a lost promise are failures as well.
    const unfinished = tests.length - passed - skipped.length;
    const brokenHooks = modules.flatMap(errorsOfSuites).length;
    const skipsThatFail = process.env.CI === "true" ? skipped.length : 0;
    const noTest = tests.length === 0 ? 1 : 0;
    const failed = Math.max(unfinished + brokenHooks + errors.length, noTest) + skipsThatFail;
    if (failed > 0) process.exitCode = 1;
    const skips = skipped.length > skipsThatFail ? `, ${skipped.length} skipped` : "";
    // At the exit, since vitest's own output reaches a pipe later than what is logged here.
    process.once("exit", () => writeSync(1, `\n${passed} passed, ${failed} failed${skips}\n`));
  }

  private nameOf(test: TestCase): string {
    return `${relative(this.ctx.config.root, test.module.moduleId).replaceAll("\\", "/")} > ${test.fullName}`;
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === "skipped" && result.note) || "no reason given";
}

function errorsOfSuites(module: TestModule): unknown[] {
  return [...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => suite.errors())];
}

// The page that `longhand show` writes, as a reader meets it: a file in Chromium, without a network, by mouse and by
// keyboard, in light and in dark.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import type { ShownPage } from "../../src/page/shown.js";
import { complaintsOf, launch, noChromium } from "../helpers/chromium.js";
import { folder, longhand, someText, tiny } from "../helpers/cli.js";

const text = `A "<b>quoted</b>" end: </script><script>alert(1)</script> <!--\tÜ 😀\n${someText(16)}`;
const cwd = folder({ "t.txt": someText(120), "other.txt": text });
const file = pathToFileURL(join(cwd, "show.html")).href;

let browser: Browser;
let data: ShownPage;
beforeAll(async () => {
  if (noChromium !== undefined) return;
  const run = await longhand(cwd, `train t.txt ${tiny} --steps 80 --quiet`);
  expect(run).toMatchObject({ code: 0, err: "" });
  const made = await longhand(cwd, "show runs/t --text other.txt --seconds 0.2");
  expect(made).toMatchObject({ code: 0, err: "" });
  data = JSON.parse(/id="data">(.*)<\/script>/.exec(readFileSync(join(cwd, "show.html"), "utf8"))![1]!) as ShownPage;
  browser = await launch();
}, 120_000);
afterAll(async () => browser?.close());

interface Opened {
  readonly page: Page;
  /** Whatever the page asked for besides itself, and whatever it complained of. */
  readonly asked: string[];
  readonly complaints: string[];
}

async function open(scheme: "light" | "dark" = "light", hash = ""): Promise<Opened> {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1200, height: 900 } });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  const asked: string[] = [];
  page.on("request", (request) => request.url().split("#")[0] !== file && asked.push(request.url()));
  page.on("dialog", (dialog) => complaints.push(dialog.message()));
  await page.goto(file + hash);
  return { page, asked, complaints };
}

/** Value of a unit at each token, from the data. */
function valuesOf(name: string, unit: number): number[] {
  const { range, units, halves, bytes } = data.series.find((each) => each.name === name)!;
  const place = units.indexOf(unit);
  const all = Buffer.from(bytes, "base64").subarray(place * data.tokens.length, (place + 1) * data.tokens.length);
  return Array.from(all, (byte) => (range === "share" ? 0.5 : 0) + (halves[place]! * (byte - 127)) / 127);
}

const classesOf = (page: Page) =>
  page.$$eval("#text .t", (spans) => spans.map((span) => [...span.classList].find((name) => /^[spn]\d+$/.test(name))));
const card = (page: Page) => page.textContent("#card");
const cursorOf = (page: Page) => page.$eval("#text .cursor", (span) => Number((span as HTMLElement).dataset.i));

/** Contrast (WCAG 2) of words and ground of every token, as the browser computed them. */
const leastContrast = `(() => {
  const linear = (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((x) => linear(Number(x) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratios = [...document.querySelectorAll("#text .t")].map((span) => {
    const { color, backgroundColor } = getComputedStyle(span);
    const [a, b] = [luminance(color), luminance(backgroundColor)].sort((x, y) => x - y);
    return (b + 0.05) / (a + 0.05);
  });
  return Math.min(...ratios);
})()`;

describe("the page of show", () => {
  const skipped = (context: TestContext) => noChromium !== undefined && context.skip(noChromium);

  it(
    "shows the text as it is, signs for what is invisible apart, " + "asks for nothing and complains of nothing",
    async (context) => {
      skipped(context);
      const { page, asked, complaints } = await open();
      const seen = await page.textContent("#text");
      expect(seen?.replace(/[⏎⇥]/g, "")).toBe(text);
      expect(await page.locator("#text script, #text b").count()).toBe(0);
      expect(await page.locator("#text .unknown").count()).toBe(data.unknown.length);
      expect(data.unknown.length).toBeGreaterThan(3);
      expect({ asked, complaints }).toEqual({ asked: [], complaints: [] });
      await page.context().close();
    },
  );

  it("colours by surprisal at first, and each token by its own", async (context) => {
    skipped(context);
    const { page } = await open();
    const wanted = data.nats.map((each) => `s${Math.round(12 * Math.min(1, (each ?? 0) / data.uniform))}`);
    expect(await classesOf(page)).toEqual(wanted);
    expect(new Set(wanted).size).toBeGreaterThan(4);
    expect(await page.textContent("#legend")).toContain(`${data.uniform.toFixed(2)} or more`);
    await page.context().close();
  });

  it("colours by the unit and the value that are picked, and the plot and the address go along", async (context) => {
    skipped(context);
    const { page } = await open();
    for (const [option, name, range] of [
      ["h, state", "h", "signed"],
      ["z, update gate", "z", "share"],
    ] as const) {
      await page.selectOption("#what", { label: option });
      await page.fill("#unit", "5");
      await page.press("#unit", "Enter");
      const values = valuesOf(name, 5);
      const { halves } = data.series.find((each) => each.name === name)!;
      const levels = values.map((x) => Math.round((8 * (x - (range === "share" ? 0.5 : 0))) / halves[5]!));
      expect(await classesOf(page)).toEqual(levels.map((level) => (level < 0 ? `n${-level}` : `p${level}`)));
      expect(await page.evaluate(() => location.hash)).toBe(`#1.${name}.5`);
      expect(await page.getAttribute("#plot", "aria-label")).toMatch(
        new RegExp(`^layer 1, ${name} \\(.*\\) of unit 5 along`),
      );
      const points = ((await page.getAttribute("#curve .each", "d")) ?? "").split(/[ML]/).length - 1;
      expect(points).toBe(data.tokens.length);
    }
    await page.context().close();
    const again = await open("light", "#1.z.5"); // an address leads to the same view
    expect(await again.page.inputValue("#unit")).toBe("5");
    expect((await classesOf(again.page)).some((each) => each?.startsWith("s"))).toBe(false);
    await again.page.context().close();
  });

  it("tells of the token under the mouse, and of the one at hand when the mouse has gone", async (context) => {
    skipped(context);
    const { page } = await open("light", "#1.h.2");
    const i = 90;
    await page.hover(`#text [data-i="${i}"]`);
    const told = (await card(page)) ?? "";
    expect(told).toContain(`character ${i + 1} of ${data.tokens.length}`);
    expect(told).toContain(`Surprisal ${data.nats[i]!.toFixed(2)} nats`);
    const value = valuesOf("h", 2)[i]!;
    expect(told).toContain(
      `h, unit 2: ${(Math.abs(value) < 0.1 ? value.toPrecision(2) : value.toFixed(2)).replace("-", "−")}`,
    );
    expect(await page.locator("#card .guesses li").count()).toBe(5);
    const [first] = data.guesses[i]!;
    expect(await page.textContent("#card .guesses .name")).toBe(
      data.names[first!]!.replace(/ /g, "␣").replace("\n", "⏎"),
    );
    await page.mouse.move(5, 5);
    expect(await card(page)).toContain("character 1 of");
    await page.click(`#text [data-i="${i}"]`);
    await page.mouse.move(5, 5);
    expect(await card(page)).toContain(`character ${i + 1} of`);
    await page.context().close();
  });

  it("works by keyboard: Tab reaches everything in order, arrows walk the text and the units", async (context) => {
    skipped(context);
    const { page } = await open("light", "#1.h.2");
    const order: string[] = [];
    for (let i = 0; i < 7; i++) {
      await page.keyboard.press("Tab");
      order.push(await page.evaluate(() => document.activeElement?.id ?? ""));
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
      expect(outline, order.at(-1)).toBe("solid"); // where the focus is can be seen
    }
    expect(order.slice(0, 6)).toEqual(["theme", "what", "previous", "unit", "next", "text"]);
    expect(order[6] === "" || data.finds.length === 0).toBe(true); // the list of units that follow something

    await page.focus("#text");
    for (const [key, at] of [
      ["ArrowRight", 1],
      ["ArrowRight", 2],
      ["ArrowLeft", 1],
      ["ArrowLeft", 0],
      ["ArrowLeft", 0],
    ] as const) {
      await page.keyboard.press(key);
      expect(await cursorOf(page)).toBe(at);
    }
    await page.keyboard.press("End");
    const end = await cursorOf(page);
    expect(data.tokens[end]).toBe("\n");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Home");
    expect(await cursorOf(page)).toBe(end + 1);
    await page.keyboard.press("ArrowUp");
    expect(await cursorOf(page)).toBe(0);
    await page.keyboard.press("PageDown");
    expect(await cursorOf(page)).toBe(200);
    expect(await card(page)).toContain("character 201 of");
    const visible = await page.$eval("#text .cursor", (span) => {
      const { top, bottom } = span.getBoundingClientRect();
      return top > document.querySelector(".bar")!.getBoundingClientRect().bottom - 1 && bottom < innerHeight;
    });
    expect(visible).toBe(true);

    await page.keyboard.press("]");
    expect(await page.inputValue("#unit")).toBe("3");
    await page.keyboard.press("[");
    await page.keyboard.press("[");
    expect(await page.inputValue("#unit")).toBe("1");
    await page.focus("#unit");
    await page.keyboard.press("ArrowUp");
    expect(await page.inputValue("#unit")).toBe("2");
    await page.focus("#next");
    await page.keyboard.press("Enter");
    expect(await page.inputValue("#unit")).toBe("3");
    await page.fill("#unit", "999");
    await page.keyboard.press("Enter");
    expect(await page.inputValue("#unit")).toBe("7"); // the last there is
    await page.context().close();
  });

  it("a unit of the list is shown when it is chosen", async (context) => {
    skipped(context);
    const { page } = await open();
    const [find] = data.finds;
    expect(find, "some unit of this run follows something").toBeDefined();
    await page.locator("#finds button").first().focus();
    await page.keyboard.press("Enter");
    const { name, units } = data.series[find!.series]!;
    expect(await page.evaluate(() => location.hash)).toBe(`#1.${name}.${units[find!.position]}`);
    expect(await page.getAttribute("#finds button", "aria-pressed")).toBe("true");
    await page.context().close();
  });

  it("stays readable in light and in dark, by what the system wants and by the switch", async (context) => {
    skipped(context);
    const grounds: string[] = [];
    for (const scheme of ["light", "dark"] as const) {
      const { page, complaints } = await open(scheme);
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      grounds.push(await ground());
      for (const choice of ["surprisal", "0", "2"]) {
        await page.selectOption("#what", choice);
        expect(await page.evaluate(leastContrast)).toBeGreaterThanOrEqual(4.5);
      }
      await page.click("#theme"); // light
      expect(await ground()).toBe(grounds[0]);
      expect(await page.evaluate(leastContrast)).toBeGreaterThanOrEqual(4.5);
      await page.click("#theme"); // dark
      if (scheme === "dark") expect(await ground()).toBe(grounds[1]);
      else expect(await ground()).not.toBe(grounds[0]);
      expect(await page.textContent("#theme")).toBe("Theme: dark");
      expect(await page.evaluate(leastContrast)).toBeGreaterThanOrEqual(4.5);
      expect(complaints).toEqual([]);
      await page.context().close();
    }
    expect(grounds[0]).not.toBe(grounds[1]);
  });

  it("fits a telephone: nothing is wider than the window", async (context) => {
    skipped(context);
    const { page } = await open("light", "#1.h.2");
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.context().close();
  });
});

// Words: of all scripts, in pieces of any size; and the tokens between white space.

import { describe, expect, test } from "vitest";
import { buildVocab, createField, encodeText, tokenize } from "../../src/text/encoding/field.js";
import { tokenSize } from "../../src/text/encoding/sizes.js";
import { tokenizer } from "../../src/text/encoding/tokenizer.js";
import { fc, repeats } from "../helpers/random.js";
import { countTokens, pieces } from "./helpers.js";

const word = { unit: "word", lower: false, newline: "keep" } as const;
const space = { unit: "space", lower: false, newline: "keep" } as const;

/** A text as its words with "|" between them. */
const cut = (text: string) => tokenize(word, text).join("|");

describe("words", () => {
  test.each([
    ["Hindi", "बूढ़ा मछुआरा ने चाँदी के चम्मच बेच दिया।", 8],
    ["Tamil", "தமிழ் மொழி அழகானது", 3],
    ["Arabic with harakat", "قَرَأَ الطَّالِبُ الْكِتَابَ", 3],
    ["Hebrew with points", "בְּרֵאשִׁית בָּרָא אֱלֹהִים", 3],
    ["a Hebrew abbreviation", "צה״ל וג׳ירפה", 2],
    ["Persian with ZWNJ", "می‌خواهم کتاب‌ها را", 3],
    ["Sinhala with ZWJ", "ශ්‍රී ලංකාව", 2],
    ["Vietnamese", "Người thợ đồng hồ", 4],
    ["Vietnamese, decomposed", "Người thợ đồng hồ".normalize("NFD"), 4],
    ["Korean", "늙은 어부가 종을 쳤다", 4],
    ["Korean, decomposed", "늙은 어부가 종을 쳤다".normalize("NFD"), 4],
    ["Greek with breathings", "ἐν ἀρχῇ ἦν ὁ λόγος".normalize("NFD"), 5],
    ["English contractions", "don't we’ve I'LL rock'n'roll", 4],
    ["French elisions", "l’eau aujourd'hui qu'il", 3],
    ["Catalan", "col·lecció", 1],
    ["Ukrainian", "п'ять м’яч", 2],
    ["Uzbek", "o‘zbek gʻisht", 2],
    ["Devanagari digits", "१२३ ४५", 2],
    ["a soft hyphen", "Donau\u00addampf schiff", 2],
  ])("%s: letters keep their marks and joiners", (_, text, count) => {
    const tokens = tokenize(word, text);
    expect(tokens.filter((token) => /[\p{L}\p{N}]/u.test(token))).toHaveLength(count);
    expect(tokens.join("")).toBe(text);
  });

  test.each(["👨‍👩‍👧‍👦", "👍🏽", "🇩🇪", "1️⃣", "❤️", "🏴‍☠️", "🤷🏾‍♀️", "😀", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "#️⃣"])("%s is one token", (emoji) => {
    expect(tokenize(word, `${emoji} a ${emoji}${emoji}.`)).toEqual([emoji, " a", ` ${emoji}`, emoji, "."]);
  });

  test("else as GPT-2 does: numbers and signs apart, one space before a token, quotes outside a word", () => {
    expect(cut("Hello world's   end, isn't it? I'LL 42nd.\n\nWe've")).toBe(
      "Hello| world's|  | end|,| isn't| it|?| I'LL| 42|nd|.|\n|\n|We've",
    );
    expect(cut(" 'tis\t x  ‘so’ dogs' (well-known)")).toBe(" '|tis|\t| x| | ‘|so|’| dogs|'| (|well|-|known|)");
    expect(cut("naïve ½!? __\u3000x\u0085y")).toBe("naïve| ½|!?| __|\u3000|x|\u0085|y");
  });

  test("Chinese, Japanese and Thai are cut by dictionaries", () => {
    expect(cut("船长在教堂。")).toBe("船长|在|教堂|。");
    expect(cut("東京へ行く iPhone手机")).toBe("東京|へ|行く| iPhone|手机");
    expect(cut("แมวกินปลา สวัสดีครับ")).toBe("แมว|กิน|ปลา| สวัสดี|ครับ");
    expect(cut("Die 猫!")).toBe("Die| 猫|!");
    const long = "老船长".repeat(3000);
    expect(tokenize(word, long).join("")).toBe(long);
  });

  test("the tokens joined are the text, and do not depend on the pieces it comes in", () => {
    const parts = fc.constantFrom(
      ...["don", "'", "’", "t", " ", "\n", "é", "e\u0301", "\u0301", "हिन्दी", "\u200d", "👩", "🏽", "🇩", "🇪"],
      ...[
        "1",
        "\ufe0f",
        "\u20e3",
        "#",
        "𝒜",
        "老船长",
        "卖掉了",
        "แมวกิน",
        "タワー",
        "。",
        "\u3000",
        "<unk>",
        "·",
        "-",
        "<",
      ],
    );
    fc.assert(
      fc.property(
        fc.array(parts, { maxLength: 16 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        fc.constantFrom([], ["<unk>", "<unk>s", "on", "\n"]),
        (some, sizes, specials) => {
          const text = some.join("");
          for (const rule of [
            { ...word, specials },
            { ...space, specials },
            { ...word, unit: "char", specials } as const,
          ]) {
            const tokens: string[] = [];
            let joined = "";
            const cutter = tokenizer(rule, (token, raw) => {
              tokens.push(token);
              joined += raw;
            });
            for (const piece of pieces(text, () => sizes.next().value ?? 1)) cutter.push(piece);
            cutter.end();
            expect(tokens).toEqual(tokenize(rule, text));
            if (rule.unit !== "space") expect(tokens.join("")).toBe(text);
            if (rule.unit !== "space" || specials.length === 0) expect(text.startsWith(joined)).toBe(true);
          }
        },
      ),
      { numRuns: repeats(3000) },
    );
  });
});

describe("specials", () => {
  test("a special is one token where the text spells it, the longest first, in all units", () => {
    const specials = ["<unk>", "<|user|>", "<|user|>s"];
    for (const unit of ["char", "word", "space"] as const) {
      const tokens = tokenize(createField({ unit, specials }), "hi<|user|>s <|user|> you");
      expect(tokens.filter((token) => token.startsWith("<"))).toEqual(["<|user|>s", "<|user|>"]);
    }
    expect(tokenize(createField({ unit: "word" }), "a <unk> b")).toEqual(["a", " ", "<unk>", " b"]);
    expect(tokenize(createField(), "<unk>")).toHaveLength(5);
    expect(tokenize(createField({ specials: ["<X>"], lower: true }), "A<X>")).toEqual(["a", "<X>"]);
  });

  test("a special of the user's is generated, <unk> and <pad> are not", () => {
    const field = createField({ specials: ["<s>", "<unk>", "<pad>"] });
    const vocab = buildVocab(field, [["<s>", 3], ["a", 2]]); // biome-ignore format: one line
    expect([vocab.itos, vocab.specials]).toEqual([["<unk>", "<pad>", "<s>", "a"], 2]);
  });
});

describe("tokens between white space", () => {
  const text = " K:Cmaj |:  G2\t<unk>\n\n u.s. n't \n";

  test("are what stands there; a line end is a token, and <unk> is the unknown token", () => {
    expect(tokenize(space, text)).toEqual(["K:Cmaj", "|:", "G2", "<unk>", "\n", "\n", "u.s.", "n't", "\n"]);
    expect(tokenize({ ...space, newline: "eos" }, "a b\nc\n")).toEqual(["a", "b", "<eos>", "c", "<eos>"]);
    expect(tokenize({ ...space, newline: "strip" }, "a b\nc\n")).toEqual(["a", "b", "c"]);
    expect(tokenize(space, "a\u3000b\u00a0c\u0085d")).toEqual(["a", "b", "c", "d"]);
    const field = createField({ unit: "space" });
    const vocab = buildVocab(field, countTokens(tokenize(field, text)));
    expect(vocab.encode(["<unk>"])).toEqual(Int32Array.of(0));
    expect(vocab.specials).toBe(1);
  });

  test("joined they are the text but for runs of white space, and a prompt and what follows are too", () => {
    const field = createField({ unit: "space", newline: "eos" });
    const vocab = buildVocab(field, countTokens(tokenize(field, text)));
    const ids = encodeText(field, vocab, text, "error");
    expect(vocab.decode(ids)).toBe("K:Cmaj |: G2 <unk>\n\nu.s. n't\n");
    const decoder = vocab.decoder(ids[1]);
    expect([decoder.push(ids[2]!), decoder.push(ids[4]!), decoder.push(ids[6]!)]).toEqual([" G2", "\n", "u.s."]);
    const plain = "K:Cmaj |: G2 <unk>\nu.s. n't\n";
    const sizes = tokenize(field, plain).map((token) => tokenSize(token, field).characters);
    expect(sizes.reduce((sum, each) => sum + each, 0)).toBe(plain.length);
  });

  test("<end> cannot be typed", () => {
    expect(tokenize(space, "a <end> b")).toEqual(["a", "<end", ">", "b"]);
  });
});

// Types of the settings, generated from the rows by `npm run docs`. Change the rows, not this file.

import type { SettingValues } from "../../base/setting.js";

/** Settings of a run, as a caller gives them; what is left out has its default. */
export type Settings = {
  /** Token: a character, a byte, a word with the space before it, or what stands between spaces. Default "char". */
  readonly unit?: "char" | "byte" | "word" | "space" | undefined;
  /** Lower-case the text. Default false. */
  readonly lower?: boolean | undefined;
  /** Line ends: keep them, strip them, or turn each into the token <eos>. Default "keep". */
  readonly newline?: "keep" | "strip" | "eos" | undefined;
  /** Read CR LF and CR as LF, or keep them. Default "lf". */
  readonly lineEnds?: "lf" | "keep" | undefined;
  /** Read accented letters as one character each (Unicode's NFC), or leave the text as it is. Default "nfc". */
  readonly normalize?: "nfc" | "none" | undefined;
  /** Tokens rarer than this in the training text become <unk>. A whole number from 1. Default 1. */
  readonly minFreq?: number | undefined;
  /** Keep only this many of the most frequent tokens; unset: all. A whole number from 1. */
  readonly maxSize?: number | undefined;
  /**
   * Split into documents that each start from a zero state and end with <end>. A text: none | line | blank-line | file
   * | a separator. Default "none".
   */
  readonly documents?: string | undefined;
  /**
   * First entries of the vocabulary; unset: <unk>, and none for bytes. A text: names with commas between, like
   * <unk>,<pad>.
   */
  readonly specials?: string | undefined;
  /**
   * Encoding of the text; auto: UTF-8, or UTF-16 if it looks like it. A text: auto, or a name such as utf-16le,
   * windows-1252, shift_jis, gb18030. Default "auto".
   */
  readonly encoding?: string | undefined;
  /** Read this column of a CSV, TSV or JSONL file; each row is a document. A text: the name of a column. */
  readonly column?: string | undefined;
  /** Files of a folder to read; unset: all texts. A text: patterns with commas between, like *.txt,*.md. */
  readonly include?: string | undefined;
  /** Files of a folder to leave out. A text: patterns with commas between, like drafts,*.log. */
  readonly exclude?: string | undefined;
  /** Fraction of the text, at its end, held out for validation. A number from 0 below 1. Default 0.1. */
  readonly validFraction?: number | undefined;
  /** What is held out: the end, ten blocks, or drawn documents; unset: shuffle with documents, else end. */
  readonly validSplit?: "end" | "blocks" | "shuffle" | undefined;
  /** Build the vocabulary from the training part, or from the whole text. Default "train". */
  readonly vocabFrom?: "train" | "all" | undefined;
  /** Recurrent cell. Default "gru". */
  readonly cell?: "rnn" | "gru" | "lstm" | "qrnn" | "char-loop" | "char-concat" | undefined;
  /** Recurrent layers, stacked. A whole number from 1 to 64. Default 1. */
  readonly layers?: number | undefined;
  /** Hidden units of each layer. Unit: units. A whole number from 1 to 65536. Default 256. */
  readonly hidden?: number | undefined;
  /** Width of the token embedding. A whole number from 1 to 65536. Default 64. */
  readonly embedding?: number | undefined;
  /**
   * Dropout between layers while training; wants two layers or more. Unit: share of the units. A number from 0 below 1.
   * Default 0.
   */
  readonly dropout?: number | undefined;
  /** Share one matrix between embedding and decoder; wants embedding equal to hidden. Default false. */
  readonly tied?: boolean | undefined;
  /** Rnn: activation function. Default "tanh". */
  readonly nonlinearity?: "tanh" | "relu" | undefined;
  /** Rnn: initialize weight_hh with the identity matrix. Default false. */
  readonly identityInit?: boolean | undefined;
  /** Lstm: initial bias of the forget gate; unset: PyTorch's uniform draw. A number from -10 to 10. */
  readonly forgetBias?: number | undefined;
  /** Qrnn: inputs that the gates see: this one, or also the one before. A whole number from 1 to 2. Default 1. */
  readonly qrnnWindow?: number | undefined;
  /**
   * Batch size: lanes read in parallel; unset: 1 to 32, by the length of the text. Unit: lanes. A whole number from 1
   * to 65536.
   */
  readonly batch?: number | undefined;
  /**
   * Window length, after which backpropagation through time is cut. Unit: tokens. A whole number from 1 to 65536.
   * Default 64.
   */
  readonly bptt?: number | undefined;
  /** Window length: bptt, varied as in AWD-LSTM, or varied as in fastai 0.7. Default "fixed". */
  readonly windowRule?: "fixed" | "awd" | "lesson" | undefined;
  /** Train on shuffled sections of bptt tokens instead of lanes; wants resetState window. Default false. */
  readonly sections?: boolean | undefined;
  /** Distance between the starts of two sections; unset: bptt. Unit: tokens. A whole number from 1 to 65536. */
  readonly stride?: number | undefined;
  /** Count the loss of every token of a window, or of the last only. Default "all". */
  readonly predict?: "all" | "last" | undefined;
  /** Leftover tokens: drop them, or pad the last lane with <pad>. Default "trim". */
  readonly remainder?: "trim" | "pad" | undefined;
  /** Also report the validation loss as fastai 0.7 computes it. Default false. */
  readonly lessonValidation?: boolean | undefined;
  /** Scale the learning rate with window length; unset: with windowRule awd. */
  readonly lrRescale?: boolean | undefined;
  /** When the carried state is reset to zero; lesson: never, validation passes it on. Default "epoch". */
  readonly resetState?: "epoch" | "never" | "lesson" | "window" | undefined;
  /** Initial validation state; unset: copy with resetState never or lesson, else zero. */
  readonly validState?: "zero" | "copy" | undefined;
  /** Carried state when the number of lanes changes: zero it, or keep it. Default "zero". */
  readonly laneChange?: "zero" | "keep" | undefined;
  /**
   * Insert a random slice of the text once per this many tokens; unset: never. Unit: tokens. A whole number from 1 to
   * 2147483648.
   */
  readonly insertEvery?: number | undefined;
  /** Length of an inserted slice; unset: bptt. Unit: tokens. A whole number from 1 to 2147483648. */
  readonly insertLength?: number | undefined;
  /** Rotate the text by a random amount in every epoch, so that lanes begin elsewhere. Default false. */
  readonly shiftLanes?: boolean | undefined;
  /** Read the documents in a new random order in every epoch. Default false. */
  readonly shuffleDocuments?: boolean | undefined;
  /** Optimizer. Default "adam". */
  readonly optimizer?: "sgd" | "rmsprop" | "adam" | "adamw" | undefined;
  /** Peak learning rate. A number from 0 to 10^12. Default 0.003. */
  readonly lr?: number | undefined;
  /** Sgd: momentum; 0 is off. A number from 0 below 1. Default 0. */
  readonly momentum?: number | undefined;
  /**
   * Weight decay: added to the gradient (L2), or, for adamw, taken from the weights. A number from 0 to 1. Default 0.
   */
  readonly weightDecay?: number | undefined;
  /** Rmsprop: decay of the running mean of squares. A number from 0 below 1. Default 0.99. */
  readonly alpha?: number | undefined;
  /** Adam, adamw, rmsprop: term added to the denominator. A number above 0 to 1. Default 1e-8. */
  readonly eps?: number | undefined;
  /** Adam, adamw: decay of the running mean of gradients. A number from 0 below 1. Default 0.9. */
  readonly beta1?: number | undefined;
  /** Adam, adamw: decay of the running mean of squares. A number from 0 below 1. Default 0.999. */
  readonly beta2?: number | undefined;
  /** Learning-rate schedule. Default "cosine". */
  readonly schedule?: "constant" | "piecewise" | "linear" | "cosine" | "one-cycle" | "cos-anneal" | undefined;
  /** Linear warm-up of the learning rate. Unit: share of all windows. A number from 0 below 1. Default 0. */
  readonly warmup?: number | undefined;
  /**
   * Piecewise: epochs at each learning rate, constant or by the schedule named. A text: a list of epochs:rate or
   * epochs:rate:schedule, like 4:1e-3,4:1e-4.
   */
  readonly rates?: string | undefined;
  /** Linear, cosine: final learning rate, as a share of lr. A number from 0 to 1. Default 0. */
  readonly finalRate?: number | undefined;
  /** One-cycle: share of all updates in which the learning rate rises. A number above 0 below 1. Default 0.3. */
  readonly pctStart?: number | undefined;
  /** One-cycle: initial learning rate is lr divided by this. A number from 1 to 10^6. Default 25. */
  readonly divFactor?: number | undefined;
  /** One-cycle: final learning rate is the initial one divided by this. A number from 1 to 10^9. Default 10000. */
  readonly finalDivFactor?: number | undefined;
  /** Cos-anneal: length of the first cycle; unset: one epoch. Unit: windows. A whole number from 2 to 10^9. */
  readonly cycle?: number | undefined;
  /** Cos-anneal: length of a cycle over that of the one before. A whole number from 1 to 10^6. Default 1. */
  readonly cycleMult?: number | undefined;
  /** Largest norm (or value) of the mean gradient; 0 is off. A number from 0 to 10^12. Default 1. */
  readonly clip?: number | undefined;
  /** Clip the norm of the whole gradient, or each element. Default "norm". */
  readonly clipBy?: "norm" | "value" | undefined;
  /** Passes over the training text; unset: by its length, or as rates says. A whole number from 1 to 10^9. */
  readonly epochs?: number | undefined;
  /** Stop after this many updates, whatever the epoch. Unit: windows. A whole number from 1 to 2^53 − 1. */
  readonly steps?: number | undefined;
  /** Training time, about; a short measurement turns it into steps. Unit: minutes. A number above 0 to 10^6. */
  readonly minutes?: number | undefined;
  /**
   * After divergence, retry from the last good snapshot at most this many times; 0 stops at once. A whole number from 0
   * to 1000. Default 6.
   */
  readonly tries?: number | undefined;
  /**
   * Interval between snapshots that a run can go back to. Unit: windows. A whole number from 1 to 2^53 − 1. Default
   * 100.
   */
  readonly keepEvery?: number | undefined;
  /**
   * Treat a loss or gradient norm above this multiple of its running median as divergence; 0: only non-finite numbers.
   * A number from 0 to 10^12. Default 10.
   */
  readonly explosion?: number | undefined;
  /** Seed of every random choice. A whole number from 0 to 2^53 − 1. Default 1. */
  readonly seed?: number | undefined;
  /** Validation interval; 0: at the end of each epoch. Unit: windows. A whole number from 0 to 2^53 − 1. Default 0. */
  readonly validateEvery?: number | undefined;
  /**
   * Interval between samples of text; 0: with each validation. Unit: windows. A whole number from 0 to 2^53 − 1.
   * Default 0.
   */
  readonly sampleEvery?: number | undefined;
  /** Length of a sample; 0: none. Unit: tokens. A whole number from 0 to 10^6. Default 200. */
  readonly sampleLength?: number | undefined;
  /** Log every Nth window. Unit: windows. A whole number from 1 to 2^53 − 1. Default 10. */
  readonly logEvery?: number | undefined;
  /**
   * Interval between saves of the run's state; 0: after every window. Unit: seconds. A number from 0 to 10^6. Default
   * 30.
   */
  readonly saveEvery?: number | undefined;
  /** Compute engine; auto: the fastest that works here. Default "auto". */
  readonly engine?:
    | "auto"
    | "native"
    | "native-avx512"
    | "native-avx2"
    | "native-sse2"
    | "native-neon"
    | "wasm"
    | "wasm-simd"
    | "reference"
    | undefined;
  /** Compute threads, at most batch; no bit depends on it; unset: automatic. A whole number from 1 to 256. */
  readonly threads?: number | undefined;
};

/** Settings beside a cell of one's own: `cell` may be its kind, and its own settings stand beside the others. */
export type OpenSettings = Omit<Settings, "cell"> & { readonly cell?: string | undefined } & SettingValues;

export type Defaulted =
  | "unit"
  | "lower"
  | "newline"
  | "lineEnds"
  | "normalize"
  | "minFreq"
  | "documents"
  | "encoding"
  | "validFraction"
  | "vocabFrom"
  | "layers"
  | "hidden"
  | "embedding"
  | "dropout"
  | "tied"
  | "nonlinearity"
  | "identityInit"
  | "qrnnWindow"
  | "bptt"
  | "windowRule"
  | "sections"
  | "predict"
  | "remainder"
  | "lessonValidation"
  | "resetState"
  | "laneChange"
  | "shiftLanes"
  | "shuffleDocuments"
  | "optimizer"
  | "lr"
  | "momentum"
  | "weightDecay"
  | "alpha"
  | "eps"
  | "beta1"
  | "beta2"
  | "schedule"
  | "warmup"
  | "finalRate"
  | "pctStart"
  | "divFactor"
  | "finalDivFactor"
  | "cycleMult"
  | "clip"
  | "clipBy"
  | "tries"
  | "keepEvery"
  | "explosion"
  | "seed"
  | "validateEvery"
  | "sampleEvery"
  | "sampleLength"
  | "logEvery"
  | "saveEvery"
  | "engine";

/**
 * Checked settings with the defaults filled in; what has no default may be absent. `cell` is the kind of any cell.
 */
export type CheckedSettings = { readonly [Name in Defaulted]-?: NonNullable<Settings[Name]> } & {
  readonly cell: string;
} & Omit<Settings, Defaulted | "cell">;

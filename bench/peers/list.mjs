// The only list of peers. One that is not installed is named in the tables with what is missing.

import { pytorch } from "./pytorch.mjs";

export const peers = [pytorch];

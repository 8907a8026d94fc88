// A script's end where something is wrong: a sentence, no stack.

export async function saying(work) {
  try {
    await work();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}

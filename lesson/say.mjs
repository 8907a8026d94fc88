// Runs a script; an error prints its message without a stack and sets the exit code to 2.

export async function saying(work) {
  try {
    await work();
  } catch (error) {
    console.error([error.message, error.hint].filter(Boolean).join("\n"));
    process.exitCode = 2;
  }
}

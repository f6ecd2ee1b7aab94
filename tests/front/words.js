/* Node reads app/core/words.py as the module that the joiner makes of it; tests/front/test_modules.py hands it over. */

import { registerHooks } from "node:module";

registerHooks({
  load: (url, context, next) =>
    url.endsWith("/words.py")
      ? { format: "module", source: process.env.WORDS, shortCircuit: true }
      : next(url, context),
});

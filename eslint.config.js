/* What the pages' scripts may be written in. The oldest browser served is Chromium 88 of January 2021: its
   syntax is the edition of 2021, and tsconfig.json names the library of the same year. */

import js from "@eslint/js";
import globals from "globals";

const CLASSIC = "只用具名的导入和导出,合并脚本的 app/core/joiner.py 不认别的写法";

/* Of the editions after, where tsc does not know the type. */
const LATER = "at|findLast|findLastIndex|hasOwn|groupBy|toSorted|toReversed|toSpliced|with";

export default [
  { ignores: ["app/static/vendor/", "build/", "node_modules/", ".venv/"] },
  js.configs.recommended,
  {
    files: ["app/**/*.js"],
    languageOptions: { ecmaVersion: 2021, sourceType: "module", globals: { ...globals.browser, L: "readonly" } },
    rules: {
      "max-lines": ["error", 250],
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportAllDeclaration, ImportNamespaceSpecifier, ImportExpression", message: CLASSIC },
        { selector: "ExportNamedDeclaration[declaration=null]", message: CLASSIC },
        { selector: "ExportNamedDeclaration > VariableDeclaration[kind!='const']", message: CLASSIC },
        { selector: `CallExpression > MemberExpression[property.name=/^(${LATER})$/]`, message: "Chromium 88 还没有" },
      ],
      "no-restricted-globals": ["error", "structuredClone"],
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-shadow-restricted-names": "error",
    },
  },
  { files: ["*.js", "tests/**/*.js"], languageOptions: { globals: globals.node } },
];

/** The options that exported functions and classes take, as the TypeScript compiler sees them. */

import { existsSync, readdirSync } from 'node:fs';
import ts from 'typescript';

/** One parameter that holds options. */
export interface PublicOptions {
  /** `@winnow/ops sgd` */
  readonly name: string;
  readonly argument: string;
  /** All keys that its type has. */
  readonly keys: readonly string[];
}

/** What types of options are called. */
const OPTIONS = /(Options|Selection|Choice|Rates|Shape|Settings)\b/;
const NOT_OURS = /ErrorOptions/;

/** Of all packages, in the order of their exports. */
export function publicOptions(root: string): PublicOptions[] {
  const packages = readdirSync(`${root}/packages`).map((name) => [`@winnow/${name}`, `${root}/packages/${name}/src`]);
  const entries = [['@winnow/native', `${root}/native/lib`], ...packages]
    .map(([name, folder]) => [name as string, `${folder}/index.ts`] as const)
    .filter(([, file]) => existsSync(file));
  const program = ts.createProgram(
    entries.map(([, file]) => file),
    {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      customConditions: ['winnow-source'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    },
  );
  const checker = program.getTypeChecker();
  return entries.flatMap(([name, file]) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol;
    return checker.getExportsOfModule(module).flatMap((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const source = symbol.valueDeclaration?.getSourceFile();
      // What a package hands on of another is that one's.
      if (source === undefined || !source.fileName.startsWith(file.replace(/index\.ts$/, ''))) return [];
      return optionsOf(checker, symbol).map(({ argument, keys }) => ({
        name: `${name} ${exported.name}`,
        argument,
        keys,
      }));
    });
  });
}

function optionsOf(checker: ts.TypeChecker, symbol: ts.Symbol): Omit<PublicOptions, 'name'>[] {
  const type = checker.getTypeOfSymbolAtLocation(symbol, symbol.valueDeclaration as ts.Declaration);
  const found = new Map<string, Set<string>>();
  for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
    for (const parameter of signature.getParameters()) {
      const declared = parameter.valueDeclaration;
      if (declared === undefined || !ts.isParameter(declared)) continue;
      const text = declared.type?.getText() ?? '';
      const isLiteral = declared.type !== undefined && ts.isTypeLiteralNode(declared.type);
      if (!(isLiteral || OPTIONS.test(text)) || NOT_OURS.test(text)) continue;
      const given = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, declared));
      const keys = found.get(parameter.name) ?? new Set();
      for (const { name } of given.getProperties()) keys.add(name);
      found.set(parameter.name, keys);
    }
  }
  return [...found].map(([argument, keys]) => ({ argument, keys: [...keys] }));
}

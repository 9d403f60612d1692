/**
 * Bytes and records to trees of plain values, with lines. For readers who change how a spec is written; nothing here knows a
 * setting. Used within libs/spec only.
 */
@NullMarked
package dev.frl.spec.tree;

import org.jspecify.annotations.NullMarked;

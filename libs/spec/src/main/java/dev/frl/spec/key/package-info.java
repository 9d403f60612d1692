/**
 * What a key of a spec is: its type, range, default and place in the settings; and how values are read by a table of keys. For
 * readers who add a kind of value. Used within libs/spec only.
 */
@NullMarked
package dev.frl.spec.key;

import org.jspecify.annotations.NullMarked;

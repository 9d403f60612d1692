/**
 * What an experiment may say: plain records that check themselves and own their defaults.
 * Read by all modules; {@code libs/spec} fills these records from a spec.
 */
@NullMarked
package dev.frl.core.settings;

import org.jspecify.annotations.NullMarked;

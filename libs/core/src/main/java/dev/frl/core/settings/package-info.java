/** What an experiment may say: plain records that check themselves and own their defaults. */
@NullMarked
package dev.frl.core.settings;

import org.jspecify.annotations.NullMarked;

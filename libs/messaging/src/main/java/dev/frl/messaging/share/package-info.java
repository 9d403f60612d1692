/** Work from share groups: one record at a time, under a lease that is renewed. Used by the trainer and the attacker. */
@NullMarked
package dev.frl.messaging.share;

import org.jspecify.annotations.NullMarked;

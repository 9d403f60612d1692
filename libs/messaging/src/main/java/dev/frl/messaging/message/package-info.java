/** What travels on the topics, as plain records. Read by the services. */
@NullMarked
package dev.frl.messaging.message;

import org.jspecify.annotations.NullMarked;

/**
 * Who uses the cluster, and which rights each needs: the one source of docs/security.md, of {@code frl topics acls}, and of the check that
 * services make at their start. Also what listeners speak, and who holds up readers. Read by the services, the CLI and their tests.
 */
@NullMarked
package dev.frl.messaging.access;

import org.jspecify.annotations.NullMarked;

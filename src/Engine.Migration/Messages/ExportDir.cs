using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Exporter to importer: the region. Its pages follow as <see cref="PagesMessage.Pages"/>: those of the dirfrags
/// listed, in their order, that did not go ahead (<see cref="ExportStage"/>) or have changed since. Source: migrator
/// specification, 2.6, 8.3 and 8.4.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="Attempt">See <see cref="ExportPrep.Attempt"/>.</param>
/// <param name="Epoch">Of the exporter's cluster map: of whoever ended later it may not know.</param>
/// <param name="Bounds">As in <see cref="ExportPrep"/>.</param>
/// <param name="Dirs">The dirfrags of the region that are open, parents before what lies in them; the root first.</param>
/// <param name="BoundSums">What the inodes of bounds count of them.</param>
/// <param name="Clients">Every client with a capability in the region.</param>
/// <param name="Caps">Those capabilities.</param>
/// <param name="Locks">Locks that are not at rest.</param>
public sealed record ExportDir(
    MigrationId Id, DirFrag Base, ulong Attempt, ulong Epoch, IReadOnlyList<DirFrag> Bounds, IReadOnlyList<ExportedDir> Dirs,
    IReadOnlyList<BoundSums> BoundSums, IReadOnlyList<ImportedClient> Clients,
    IReadOnlyList<ExportedCaps> Caps, IReadOnlyList<ExportedLock> Locks)
    : PagesMessage, IMigrationMessage;

using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Exporter to importer, before the region is frozen: pages that go ahead, as <see cref="PagesMessage.Pages"/>. They are
/// of no effect until an <see cref="ExportDir"/> says that they are still what they were. Source: migrator specification,
/// 8.4.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="Number">Of the message, from 1.</param>
/// <param name="Dirs">Dirfrags of which pages are new, with all their pages: what of the same dirfrag came before and is not
/// among them is of no use any more.</param>
/// <param name="Gone">Dirfrags that came before and are not in the region any more.</param>
public sealed record ExportStage(
    MigrationId Id, DirFrag Base, uint Number, IReadOnlyList<ExportedDir> Dirs, IReadOnlyList<DirFrag> Gone)
    : PagesMessage, IMigrationMessage;

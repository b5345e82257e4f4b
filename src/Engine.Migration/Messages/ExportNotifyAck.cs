using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A rank with copies to whoever notified it: what it sends from now on goes to the new pair, and what it sent before
/// has arrived. Source: migrator specification, 2.7.</summary>
/// <param name="Id">The migration.</param>
/// <param name="Base">The root of what moves.</param>
/// <param name="New">As in the notice: tells a warning's answer from that of an end.</param>
public sealed record ExportNotifyAck(MigrationId Id, DirFrag Base, Authority New) : Message, IMigrationMessage;

using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Numbers of the messages of migrations. They travel: none is used again.</summary>
internal static class MigrationKind
{
    public const MessageKind ExportDiscover = MessageKind.ModuleFirst;
    public const MessageKind ExportDiscoverAck = MessageKind.ModuleFirst + 1;
    public const MessageKind ExportCancel = MessageKind.ModuleFirst + 2;
    public const MessageKind ExportCancelAck = MessageKind.ModuleFirst + 3;
    public const MessageKind ExportPrep = MessageKind.ModuleFirst + 4;
    public const MessageKind ExportPrepAck = MessageKind.ModuleFirst + 5;
    public const MessageKind ExportNotify = MessageKind.ModuleFirst + 6;
    public const MessageKind ExportNotifyAck = MessageKind.ModuleFirst + 7;
    public const MessageKind ExportDir = MessageKind.ModuleFirst + 8;
    public const MessageKind ExportAck = MessageKind.ModuleFirst + 9;
    public const MessageKind ExportFinish = MessageKind.ModuleFirst + 10;
    public const MessageKind ExportFinishAck = MessageKind.ModuleFirst + 11;
    public const MessageKind ExportStage = MessageKind.ModuleFirst + 12;
    public const MessageKind ExportStageAck = MessageKind.ModuleFirst + 13;
    public const MessageKind ExportCaps = MessageKind.ModuleFirst + 16;
    public const MessageKind ExportCapsAck = MessageKind.ModuleFirst + 17;
    public const MessageKind GatherCaps = MessageKind.ModuleFirst + 18;
    public const MessageKind GatherAllCaps = MessageKind.ModuleFirst + 19;
    public const MessageKind GatherAllCapsAck = MessageKind.ModuleFirst + 20;
    public const MessageKind PinNews = MessageKind.ModuleFirst + 24;
    public const MessageKind Resolve = MessageKind.ModuleFirst + 32;
}
